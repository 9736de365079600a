"""The server: a release shown over HTTP and HTTPS."""
