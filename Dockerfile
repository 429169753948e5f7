# One image for web, worker, beat and commands. It holds no secret and no data.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --uid 10001 --create-home --home-dir /home/custos custos \
 && install -d -o custos -g custos /data /data/ledger /data/lock /srv/custos

WORKDIR /srv/custos
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY . .

# Static files are collected, hashed and compressed here; the settings want values, which stay in this step.
ENV STATIC_ROOT=/srv/static STATIC_COLLECTED=True CUSTOS_VAR=/data \
    CUSTOS_LEDGER_DIR=/data/ledger CUSTOS_LOCK_DIR=/data/lock
RUN install -d /srv/static \
 && DATABASE_URL=postgresql:///none REDIS_URL=redis://none SECRET_KEY=none CUSTOS_LEDGER_KEY=none \
    CUSTOS_REGISTRAR_KEY=none CUSTOS_KEY_ENCRYPTION_KEY=none python manage.py collectstatic --noinput --verbosity 0

USER custos
EXPOSE 8000
CMD ["granian", "--interface", "asginl", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--log-level", "warning", "config.asgi:application"]
