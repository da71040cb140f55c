namespace Winnow.Networks.Graphs;

/// <summary>A network can't be described by a graph of operators; the message names the module, the rule and the remedy.</summary>
public sealed class NetworkGraphException : Exception
{
    /// <inheritdoc/>
    public NetworkGraphException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public NetworkGraphException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <inheritdoc/>
    public NetworkGraphException()
    {
    }
}
