namespace Winnow.Data.Formats;

/// <summary>The element types of npy files that Winnow reads and writes.</summary>
public enum NpyType
{
    /// <summary>numpy's <c>bool</c>, a byte of 0 or 1.</summary>
    Boolean,

    /// <summary>8 bits, signed.</summary>
    Int8,

    /// <summary>16 bits, signed.</summary>
    Int16,

    /// <summary>32 bits, signed.</summary>
    Int32,

    /// <summary>64 bits, signed.</summary>
    Int64,

    /// <summary>8 bits, unsigned.</summary>
    UInt8,

    /// <summary>16 bits, unsigned.</summary>
    UInt16,

    /// <summary>32 bits, unsigned.</summary>
    UInt32,

    /// <summary>64 bits, unsigned.</summary>
    UInt64,

    /// <summary>IEEE half precision.</summary>
    Float16,

    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>IEEE double precision.</summary>
    Float64,
}
