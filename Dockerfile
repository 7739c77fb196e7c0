# One image for all services and front ends: docker run pageheat NAME. The history's has its engine besides.
# Only the stage `fetching` uses the network.
FROM python:3.13-slim AS fetching
COPY requirements.txt requirements-history.txt ./
# All are wheels: no compiler is needed.
RUN pip download --no-cache-dir --only-binary :all: --no-deps --require-hashes --requirement requirements.txt --dest /downloads/pageheat
RUN pip download --no-cache-dir --only-binary :all: --no-deps --require-hashes --requirement requirements-history.txt --dest /downloads/history

FROM scratch AS downloads
COPY --from=fetching /downloads /

FROM python:3.13-slim AS pageheat

RUN --network=none useradd --system --uid 10001 --home-dir /nonexistent pageheat
WORKDIR /app

# The libraries, a layer that changes only with the lock.
COPY requirements.txt .
RUN --network=none --mount=type=bind,from=downloads,target=/downloads \
    pip install --no-cache-dir --no-index --find-links /downloads/pageheat --require-hashes --requirement requirements.txt

COPY topics.yaml ./
COPY services services
COPY frontends frontends
COPY pageheat pageheat
ARG VERSION=0.0.0
RUN --network=none printf '__version__ = "%s"\n' "$VERSION" >pageheat/_version.py && \
    python -m compileall -q services frontends pageheat
LABEL org.opencontainers.image.title="Pageheat" org.opencontainers.image.licenses="MIT" org.opencontainers.image.version="$VERSION"

USER pageheat
ENV PYTHONUNBUFFERED=1
ENTRYPOINT ["python", "-m", "pageheat"]

FROM pageheat AS history
USER root
COPY requirements-history.txt .
RUN --network=none --mount=type=bind,from=downloads,target=/downloads \
    pip install --no-cache-dir --no-index --find-links /downloads/history --no-deps --require-hashes --requirement requirements-history.txt
RUN --network=none install --directory --owner pageheat /var/lib/pageheat
USER pageheat
