//! Group arithmetic that build time and run time share.
