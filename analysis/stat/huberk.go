package stat

// HuberK is Huber's k for 95 % efficiency at the normal distribution (Huber,
// Robust Statistics, 1981, section 4.5 and the tables of chapter 6): residuals
// up to k scales count in full.
const HuberK = 1.345
