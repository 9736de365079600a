"""What templates see of a site: pages, lists, terms, values. Every read is noted as a question (see ``lens``)."""
