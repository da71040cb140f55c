namespace Winnow.Curation.Quality;

/// <summary>How a linear quality model is trained.</summary>
public sealed record LinearQualityOptions
{
    /// <summary>The seed of the order of the texts. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>How often each text is visited, at least 1. Default 5.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>The first step's length, above 0; it falls to 0 in a straight line. Default 0.5.</summary>
    public double LearningRate { get; init; } = 0.5;

    /// <summary>Whether good texts and the rest weigh the same together, however many there are of each. Default true.</summary>
    public bool Balanced { get; init; } = true;
}
