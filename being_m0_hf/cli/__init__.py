"""The command ``being-m0``: one file a command."""
