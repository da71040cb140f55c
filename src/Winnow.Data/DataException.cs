namespace Winnow.Data;

/// <summary>
/// Data that can't be used. The message is meant for a person: it names the file, what is wrong and what to do. Everything this assembly
/// throws because of its input derives from this class, so a program can print <see cref="Exception.Message"/> and end with its code
/// for bad input.
/// </summary>
public class DataException : Exception
{
    /// <summary>An error with its message.</summary>
    /// <param name="message">Value, rule, place and remedy.</param>
    /// <param name="inner">What caused it, if another exception did.</param>
    public DataException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
