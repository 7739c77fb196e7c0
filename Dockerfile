# One image for all services and front ends: docker run pageheat NAME. The history's has its engine besides.
FROM python:3.13-slim AS pageheat

RUN useradd --system --uid 10001 --home-dir /nonexistent pageheat
WORKDIR /app

# The libraries, a layer that changes only with the lock. All are wheels: no compiler is needed.
COPY requirements.txt .
RUN pip install --no-cache-dir --only-binary :all: --require-hashes --requirement requirements.txt

COPY topics.yaml ./
COPY services services
COPY frontends frontends
COPY pageheat pageheat
RUN python -m compileall -q services frontends pageheat

USER pageheat
ENV PYTHONUNBUFFERED=1
ENTRYPOINT ["python", "-m", "pageheat"]

FROM pageheat AS history
USER root
COPY requirements-history.txt .
RUN pip install --no-cache-dir --only-binary :all: --no-deps --require-hashes --requirement requirements-history.txt
RUN install --directory --owner pageheat /var/lib/pageheat
USER pageheat
