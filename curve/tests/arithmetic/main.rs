//! Tables and sums of whole sizes, by the backend of the process. One program, so that the arithmetic is compiled once for all.

mod golden;
mod lagrange;
mod msm;
