namespace Winnow.Torch;

/// <summary>The order in which a tensor's elements lie in memory. The values are libtorch's.</summary>
public enum MemoryFormat
{
    /// <summary>Row-major: for images batch, channel, row, column.</summary>
    Contiguous = 0,

    /// <summary>As the source has it.</summary>
    Preserve = 1,

    /// <summary>Batch, row, column, channel in memory while the shape stays (N, C, H, W): what CPU and GPU convolutions run fastest on.</summary>
    ChannelsLast = 2,
}

/// <summary>What a loss does with its per-sample values. The values are libtorch's.</summary>
public enum Reduction
{
    /// <summary>One loss per sample.</summary>
    None = 0,

    /// <summary>Their mean.</summary>
    Mean = 1,

    /// <summary>Their sum.</summary>
    Sum = 2,
}
