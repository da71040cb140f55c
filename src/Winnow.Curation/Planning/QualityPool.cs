namespace Winnow.Curation.Planning;

/// <summary>What a pool of data is worth (Goyal et al. 2024, arXiv:2404.07177): the power by which the error falls with samples of it, and how fast repeating it loses worth.</summary>
/// <param name="Exponent">The utility b, below 0; the lower, the better the data. Published pools have -0.005 to -0.5.</param>
/// <param name="HalfLife">The number of repetitions tau after which a sample is worth half, above 0. Published pools have 1 to 10.</param>
public sealed record QualityPool(double Exponent, double HalfLife);
