namespace Winnow.Geometry;

/// <summary>A row of an embedding matrix can't be used. The message states the row, the value, the rule and the remedy, fit to be shown to a person.</summary>
public sealed class EmbeddingException : ArgumentException
{
    /// <summary>An exception about one row.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="row">The row, 0-based.</param>
    public EmbeddingException(string message, int row)
        : base(message) => Row = row;

    /// <summary>The row, 0-based; the lowest where several are wrong.</summary>
    public int Row { get; }
}
