//! Rules of hiring: what a request is and when it is refused, with no input or output.
