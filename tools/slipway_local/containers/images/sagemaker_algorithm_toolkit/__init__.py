"""What the XGBoost image's code shares with other algorithms."""
