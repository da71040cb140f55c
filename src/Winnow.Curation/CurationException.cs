using Winnow.Data;

namespace Winnow.Curation;

/// <summary>Curation that can't be done as it was asked for. The message is for a person: value, rule, place and remedy.</summary>
public class CurationException : DataException
{
    /// <summary>An error with its message.</summary>
    /// <param name="message">Value, rule, place and remedy.</param>
    /// <param name="inner">What caused it, if another exception did.</param>
    public CurationException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
