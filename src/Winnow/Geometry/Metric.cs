namespace Winnow.Geometry;

/// <summary>How far apart two embeddings are.</summary>
public enum Metric
{
    /// <summary>The length of the difference, at least 0.</summary>
    Euclidean,

    /// <summary>1 minus the cosine of the angle, in [0, 2]. A row of length 0 has no direction and is refused with its index.</summary>
    Cosine,
}
