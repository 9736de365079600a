"""Reading again only what differs, and keeping a site across restarts."""
