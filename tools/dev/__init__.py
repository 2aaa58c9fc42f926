"""The development tools: they write and check what is generated. They never ship."""
