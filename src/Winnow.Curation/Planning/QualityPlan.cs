namespace Winnow.Curation.Planning;

/// <summary>How many of the best pools are to be used for a budget of training.</summary>
/// <param name="Pools">How many of the best pools give the least error.</param>
/// <param name="Errors">The error predicted for the best pool alone, for the best two, and so on.</param>
public sealed record QualityPlan(int Pools, IReadOnlyList<double> Errors);
