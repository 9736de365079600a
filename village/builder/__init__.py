"""The builder: from the site to a release; makes what changed and keeps what is still true."""
