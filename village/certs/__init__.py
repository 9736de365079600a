"""Certificates: from a domain to a certificate that every replica serves."""
