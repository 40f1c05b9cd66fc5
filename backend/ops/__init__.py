"""Operations: backup, restore and diagnosis."""
