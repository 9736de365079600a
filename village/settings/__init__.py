"""What the operator decides. The site's configuration is not here: whoever pushes content cannot change how we run."""
