namespace Winnow.Selection;

/// <summary>Samples can't be selected as asked. The message states the value, its place, the rule and the remedy, fit to be shown to a person.</summary>
public sealed class SelectionException : ArgumentException
{
    /// <summary>An exception with that message.</summary>
    /// <param name="message">What is wrong, and what would help.</param>
    public SelectionException(string message)
        : base(message)
    {
    }
}
