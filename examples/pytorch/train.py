"""Train a linear layer that adds two numbers, and save it where `slipway deploy model` packs it."""

from pathlib import Path

import torch

torch.manual_seed(0)
rows = torch.rand(200, 2) * 10
layer = torch.nn.Linear(2, 1)
optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=100)


def loss() -> torch.Tensor:
    """Return the error of the sums, with its gradient."""
    optimizer.zero_grad()
    error = torch.nn.functional.mse_loss(layer(rows), rows.sum(dim=1, keepdim=True))
    error.backward()
    return error


optimizer.step(loss)
torch.save(layer.state_dict(), Path(__file__).parent / "model" / "model.pth")
