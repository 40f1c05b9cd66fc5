# Two images from one file: `backend` (the web process and the dashboard) and `worker` (torch, on a GPU or a CPU).
# Lock files are copied before sources, so a code change rebuilds in seconds. torch's wheels include CUDA.

# Base images; others, or ones pinned by digest, are build arguments (.env.example).
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${PYTHON_IMAGE} AS packages
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_CACHE_DIR=/var/cache/pip
WORKDIR /app
RUN useradd --uid 10001 --user-group --create-home skiplab && install -d -o 10001 -g 10001 /data
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --require-hashes -r requirements/build.txt -r requirements/runtime.txt

# The sources, for both images.
FROM scratch AS sources
COPY pyproject.toml LICENSE /
COPY distributions /distributions
COPY skiplab /skiplab
COPY backend /backend
COPY worker /worker

FROM packages AS web
COPY --from=sources / ./
# The package metadata names a README; an empty one, so that editing it does not invalidate the cache.
RUN touch README.md && pip install --no-cache-dir --no-deps --no-build-isolation -e . -e distributions/lab \
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
# Numeric, so that Kubernetes' runAsNonRoot can verify it.
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "backend"]

FROM packages AS torch
# torch.compile builds GPU kernels with it.
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY requirements/worker.txt requirements/torch.txt requirements/torch-lock.txt requirements/
# Another build of torch: TORCH lists packages, TORCH_INDEX an index for them, such as the CPU-only one.
ARG TORCH=""
ARG TORCH_INDEX=""
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --require-hashes -r requirements/worker.txt \
    && pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} ${TORCH:--r requirements/torch.txt}

FROM torch AS worker
COPY --from=sources / ./
RUN touch README.md && pip install --no-cache-dir --no-deps --no-build-isolation -e . -e distributions/lab \
    && python -m compileall -q skiplab backend worker
# The root file system is read-only, and /tmp is noexec.
ENV TORCHINDUCTOR_CACHE_DIR=/data/cache/inductor TRITON_CACHE_DIR=/data/cache/triton
USER 10001:10001
VOLUME /data
CMD ["python", "-m", "worker", "serve"]
