namespace Winnow.Geometry;

/// <summary>A computation would take more memory than it may. Thrown before the work begins; the message says what would fit.</summary>
public sealed class WorkingMemoryException : InvalidOperationException
{
    /// <summary>An exception with its numbers.</summary>
    /// <param name="message">What was asked, what may be used, and what would fit.</param>
    /// <param name="needed">Bytes that the work would take.</param>
    /// <param name="allowed">Bytes that it may take.</param>
    public WorkingMemoryException(string message, double needed, long allowed)
        : base(message) => (Needed, Allowed) = (needed, allowed);

    /// <summary>Bytes that the work would take, beside the embeddings.</summary>
    public double Needed { get; }

    /// <summary>Bytes that it may take.</summary>
    public long Allowed { get; }
}
