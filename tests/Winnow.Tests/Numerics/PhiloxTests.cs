using System.Runtime.Intrinsics.X86;
using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class PhiloxTests
{
    // Random123's published known answers for philox4x32-10 (kat_vectors).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Gives_the_published_answers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3)
    {
        Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, k0, k1));
        // The same through every bulk path: the case's counter is the first of a run long enough for the widest one.
        var words = new uint[128];
        Philox.Fill(c0 | ((ulong)c1 << 32), c2, c3, k0, k1, words);
        Assert.Equal([x0, x1, x2, x3], words[..4]);
    }

    [Fact]
    public void Wide_paths_give_the_scalar_bits_at_every_length_and_across_the_carry()
    {
        for (var length = 0; length <= 400; length += 4)
        {
            uint[] plain = new uint[length], wide = new uint[length];
            foreach (var first in new[] { 0UL, 5UL, 0xFFFF_FFF0UL, ulong.MaxValue - 3 })
            {
                Philox.FillScalar(first, 7, 9, 11, 13, plain);
                Philox.Fill(first, 7, 9, 11, 13, wide);
                Assert.Equal(plain, wide);
                if (Avx2.IsSupported)
                {
                    var done = Philox.Fill256(first, 7, 9, 11, 13, wide);
                    Assert.Equal(plain[..done], wide[..done]);
                }

                if (Avx512F.IsSupported)
                {
                    var done = Philox.Fill512(first, 7, 9, 11, 13, wide);
                    Assert.Equal(plain[..done], wide[..done]);
                }
            }
        }
    }
}
