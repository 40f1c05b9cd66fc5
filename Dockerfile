# Two images from one file: `backend` (the web process and the dashboard) and `worker` (torch, on a GPU or a CPU).
# Locks are copied before sources, so a change of code rebuilds in seconds. torch's own wheels carry CUDA.

# What is built upon; another build, or one pinned by digest, is given as a build argument (.env.example).
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${PYTHON_IMAGE} AS packages
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_CACHE_DIR=/var/cache/pip
WORKDIR /app
RUN useradd --uid 10001 --user-group --create-home skiplab && install -d -o 10001 -g 10001 /data
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --require-hashes -r requirements/build.txt -r requirements/runtime.txt

# The sources; copied into both images in the same way.
FROM scratch AS sources
COPY pyproject.toml LICENSE /
COPY skiplab /skiplab
COPY backend /backend
COPY worker /worker

FROM packages AS web
COPY --from=sources / ./
# The package names a README, which would rebuild everything behind it with each of its edits.
RUN touch README.md && pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && python -m compileall -q skiplab backend worker

FROM web AS api
RUN python -m backend.openapi /openapi.json

FROM ${NODE_IMAGE} AS dashboard
WORKDIR /frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm
COPY frontend ./
COPY --from=api /openapi.json ./
RUN npm run build

FROM web AS backend
COPY --from=dashboard /frontend/dist frontend/dist
# By number: a cluster that asks for an ordinary user sees that this is one.
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "backend"]

FROM packages AS torch
# torch.compile builds its kernels with it, on a GPU.
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY requirements/worker.txt requirements/torch.txt requirements/torch-lock.txt requirements/
# Another build of torch: TORCH names packages, TORCH_INDEX an index that has them, such as one for CPUs only.
ARG TORCH=""
ARG TORCH_INDEX=""
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --require-hashes -r requirements/worker.txt \
    && pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} ${TORCH:--r requirements/torch.txt}

FROM torch AS worker
COPY --from=sources / ./
RUN touch README.md && pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && python -m compileall -q skiplab backend worker
# The root file system cannot be written to, and nothing in /tmp can be executed.
ENV TORCHINDUCTOR_CACHE_DIR=/data/cache/inductor TRITON_CACHE_DIR=/data/cache/triton
USER 10001:10001
VOLUME /data
CMD ["python", "-m", "worker", "serve"]
