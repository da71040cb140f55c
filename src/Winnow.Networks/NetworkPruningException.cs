namespace Winnow.Networks;

/// <summary>A network can't be pruned as asked; the message says what, which rule, and the remedy.</summary>
public sealed class NetworkPruningException : Exception
{
    /// <inheritdoc/>
    public NetworkPruningException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public NetworkPruningException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <inheritdoc/>
    public NetworkPruningException()
    {
    }
}
