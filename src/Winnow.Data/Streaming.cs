namespace Winnow.Data;

/// <summary>Where samples are while they are trained on; what comes of it is the same to the bit.</summary>
public enum Streaming
{
    /// <summary>In memory where they take at most a quarter of what the process may use, else in their files.</summary>
    Auto,

    /// <summary>In their files, read ahead of their use.</summary>
    On,

    /// <summary>In memory.</summary>
    Off,
}
