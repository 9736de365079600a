# Two stages; the base is a build argument so that any Python image with the same layout serves.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends git openssh-client binutils \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
# Dependencies first: editing village's own code does not fetch them again.
RUN python3 -m venv /opt/village \
 && python3 -c "import tomllib; print('\n'.join(tomllib.load(open('pyproject.toml','rb'))['project']['dependencies']))" > /requirements \
 && /opt/village/bin/pip install --no-cache-dir --no-compile -r /requirements hatchling
COPY docker/slim.py /slim.py
RUN /opt/village/bin/python /slim.py
COPY village village
COPY themes themes
COPY content-example content-example
RUN /opt/village/bin/pip install --no-cache-dir --no-compile --no-build-isolation --no-deps . \
 && /opt/village/bin/pip uninstall -y -q hatchling pathspec pluggy trove-classifiers packaging pip \
 && find /opt/village -name '*.so*' -type f -exec strip --strip-unneeded {} + 2>/dev/null; \
    find /opt/village \( -name tests -o -name test -o -name '*.pyi' -o -name '*.pyx' -o -name '*.c' -o -name '*.h' \) -prune -exec rm -rf {} + \
 && python3 -m compileall -q -j 0 /opt/village/lib
# git and ssh without perl: the programs, git's own helpers, and the libraries they load.
COPY docker/gather /gather
RUN sh /gather /rootfs

FROM ${BASE}
COPY --from=build /rootfs/ /
COPY --from=build /opt/village /opt/village
COPY docker/openssl.cnf /opt/village/openssl.cnf
RUN useradd --uid 10001 --create-home --home-dir /data --shell /usr/sbin/nologin village
ENV PATH=/opt/village/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    TZ=UTC \
    OPENSSL_CONF=/opt/village/openssl.cnf \
    VILLAGE_DATA=/data
USER village
# Certificates, the checkout and the releases outlive the container only on a volume.
VOLUME /data
EXPOSE 80 443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["village", "health"]
ENTRYPOINT ["village"]
CMD ["run"]
