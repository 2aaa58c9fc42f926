"""Turn an input or an upload event into one validated plan."""
