namespace Winnow.LabelErrors;

/// <summary>Wrong labels can't be looked for as asked. The message states the value, its place, the rule and the remedy, fit to be shown to a person.</summary>
public sealed class LabelErrorException : ArgumentException
{
    /// <summary>An exception with that message.</summary>
    /// <param name="message">What is wrong, and what would help.</param>
    public LabelErrorException(string message)
        : base(message)
    {
    }
}
