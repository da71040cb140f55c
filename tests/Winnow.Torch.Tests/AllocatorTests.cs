using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class AllocatorTests
{
    [PreloadFact]
    public void One_that_was_loaded_before_the_program_is_named_and_left_alone()
    {
        var said = GapProgram.Run(["gaps"], ("LD_PRELOAD", PreloadFactAttribute.Library!));
        Assert.Contains("allocator: InUse: tcmalloc, loaded before the program", said, StringComparison.Ordinal);
        Assert.Contains("fused optimisers: InUse", said, StringComparison.Ordinal);
    }

    // That the variable is set says nothing: the system's loader goes on without what it can't load.
    [Fact]
    public void One_that_could_not_be_loaded_is_not_named()
    {
        if (OperatingSystem.IsLinux())
        {
            var said = GapProgram.Run(["gaps"], ("LD_PRELOAD", "/no/such/libtcmalloc_minimal.so.4"));
            Assert.Contains("allocator: InUse: glibc keeps freed memory", said, StringComparison.Ordinal);
        }
    }
}
