"""The stack on the laptop: the engine as a child process, and the template deployed to it by the SAM CLI."""
