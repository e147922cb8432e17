"""Actions that recordings lack, written as scores and performed on recorded stands, seats and walks."""
