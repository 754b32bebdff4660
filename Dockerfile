# The bot in a container, for use with Telegram:
#   docker build -t conclave . && docker run --env-file .env -v conclave:/app/var conclave
# Without a token it serves the local chat page, which listens on loopback only: add
# `--network host` (Linux) to open that from the computer the container runs on.
FROM python:3.11-slim

# LightGBM needs the OpenMP library, which the slim image leaves out.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 10001 conclave
WORKDIR /app

# The dependencies change less often than the code, so they have a layer of their own.
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
    -r requirements.lock

COPY settings.py LICENSE ./
COPY agents agents
COPY bot bot
COPY desk desk
COPY market market
COPY sandbox sandbox
COPY storage storage
COPY tools tools
COPY trading trading

# The code belongs to root and the bot can't change it; it writes to var and its own home only.
RUN python -m compileall -q . && mkdir var && chown conclave: var
USER conclave
ENV PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/home/conclave/.cache/matplotlib \
    NUMBA_CACHE_DIR=/home/conclave/.cache/numba
# Fonts are listed and the fill rules compiled here, once, instead of at every start.
RUN python -c "from bot.__main__ import load; load()"

VOLUME /app/var
# The running bot touches var/heartbeat every few seconds; `healthy` asks how long ago.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 \
    CMD ["python", "-m", "bot", "healthy"]
CMD ["python", "-m", "bot"]
