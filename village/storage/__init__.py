"""Storage: values and locks under keys, shared by replicas."""
