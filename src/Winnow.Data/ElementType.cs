namespace Winnow.Data;

/// <summary>What one number of a sample is stored as.</summary>
public enum ElementType
{
    /// <summary>One byte, 0 to 255: images. Divide by 255 to get the unit interval.</summary>
    UInt8,

    /// <summary>IEEE single precision, little-endian, always finite: tables of features and images already normalised.</summary>
    Float32,
}
