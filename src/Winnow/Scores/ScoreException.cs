namespace Winnow.Scores;

/// <summary>Scores that can't be had from a run or a file: the message states the value, the rule and the remedy, fit to be shown to a person.</summary>
public sealed class ScoreException : Exception
{
    /// <summary>An exception with that message.</summary>
    /// <param name="message">What is wrong, as one or more sentences.</param>
    public ScoreException(string message)
        : base(message)
    {
    }
}
