namespace Winnow.Curation.Documents;

/// <summary>A record that can't be read: running again won't help before its file is corrected.</summary>
public sealed class RecordException : CurationException
{
    /// <summary>An error with its message.</summary>
    /// <param name="message">File and line, value, rule and remedy.</param>
    /// <param name="inner">What caused it, if another exception did.</param>
    public RecordException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
