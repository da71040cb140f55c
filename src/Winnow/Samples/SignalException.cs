namespace Winnow.Samples;

/// <summary>A signal or a label holds what it can't hold. The message states the value, its place, the rule and the remedy, fit to be shown to a person.</summary>
public sealed class SignalException : ArgumentException
{
    /// <summary>An exception with that message.</summary>
    /// <param name="message">What is wrong; the names in it are those of the signals, which are the same in every language.</param>
    public SignalException(string message)
        : base(message)
    {
    }
}
