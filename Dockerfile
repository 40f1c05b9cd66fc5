# Two images from one file: `backend` (the web process and the dashboard) and `worker` (torch, on a GPU or a CPU).
# Locks are copied before sources, so a change of code rebuilds in seconds. torch's own wheels carry CUDA.

FROM python:3.11-slim-bookworm AS packages
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_CACHE_DIR=/var/cache/pip
WORKDIR /app
RUN useradd --uid 10001 --create-home skiplab && install -d -o skiplab -g skiplab /data
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --require-hashes -r requirements/build.txt -r requirements/runtime.txt

# The sources; copied into both images in the same way.
FROM scratch AS sources
COPY pyproject.toml LICENSE /
COPY backend /backend
COPY worker /worker

FROM packages AS web
COPY --from=sources / ./
# The package names a README, which would rebuild everything behind it with each of its edits.
RUN touch README.md && pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && python -m compileall -q backend worker

FROM web AS api
RUN python -m backend.openapi /openapi.json

FROM node:20-bookworm-slim AS dashboard
WORKDIR /frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm
COPY frontend ./
COPY --from=api /openapi.json ./
RUN npm run build

FROM web AS backend
COPY --from=dashboard /frontend/dist frontend/dist
USER skiplab
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "backend"]

FROM packages AS torch
COPY requirements/torch.txt requirements/
# Another build of torch: TORCH names packages, TORCH_INDEX an index that has them, such as one for CPUs only.
ARG TORCH=""
ARG TORCH_INDEX=""
RUN --mount=type=cache,target=/var/cache/pip \
    pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} ${TORCH:--r requirements/torch.txt}

FROM torch AS worker
COPY --from=sources / ./
RUN touch README.md && pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && python -m compileall -q backend worker
USER skiplab
VOLUME /data
CMD ["python", "-m", "worker", "serve"]
