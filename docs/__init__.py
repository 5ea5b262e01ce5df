"""The guide, what runs its code blocks, and what builds it; not part of the wheel."""
