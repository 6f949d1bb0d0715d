//! Decision engine: weights, methods, robustness and verdict, with no input or output.
