using System.Text;
using System.Text.Json;
using Winnow.Curation.Duplicates;

namespace Winnow.Curation.Tests.Duplicates;

public class PublishedMinHashTests
{
    // ekzhu/datasketch, test/test_minhash.py: MinHash(4, 1) of "Hello".
    [Fact]
    public void Datasketchs_signature_is_the_stored_one()
    {
        var minHash = PublishedMinHash.Datasketch(4);
        var signature = minHash.Begin();
        minHash.Add("Hello"u8, signature);
        Assert.Equal([734825475, 960773806, 359816889, 342714745], signature);
    }

    // The first multipliers and addends of each program, from its published rule.
    [Fact]
    public void Functions_are_drawn_in_each_programs_order()
    {
        var pairs = new MersenneTwister(1);
        Assert.Equal(
            [775169054918279404, 1758426461858698312, 2109959069025162, 965365488286768773],
            new[] { pairs.Between(1, Mersenne), pairs.Between(0, Mersenne), pairs.Between(1, Mersenne), pairs.Between(0, Mersenne) });
        var columns = new MersenneTwister(1);
        var drawn = Enumerable.Range(0, 115).Select(k => columns.Between(k < 112 ? 1UL : 0, Mersenne)).ToArray();
        Assert.Equal([775169054918279404, 1758426461858698313, 2109959069025162], drawn[..3]);
        Assert.Equal([1062448801025099917, 1324811268927594100, 1217488311597731462], drawn[112..]);
    }

    [NumpyFact]
    public void Signatures_are_those_that_numpy_computes()
    {
        const string Script = """
            import hashlib, json, struct, sys
            import numpy as np
            p, m = np.uint64((1 << 61) - 1), np.uint64((1 << 32) - 1)
            g = np.random.RandomState(7)
            a, b = np.array([(g.randint(1, p, dtype=np.uint64), g.randint(0, p, dtype=np.uint64)) for _ in range(32)], dtype=np.uint64).T
            least = np.full(32, m, dtype=np.uint64)
            for i in range(100):
                h = np.uint64(struct.unpack('<I', hashlib.sha1(f'shingle {i}'.encode()).digest()[:4])[0])
                least = np.minimum(least, ((a * h + b) % p) & m)
            print(json.dumps(least.tolist()))
            """;
        var (code, output) = Python.Run(Script);
        Assert.Equal(0, code);
        var minHash = PublishedMinHash.Datasketch(32, 7);
        var signature = minHash.Begin();
        for (var i = 0; i < 100; i++)
        {
            minHash.Add(Encoding.UTF8.GetBytes($"shingle {i}"), signature);
        }

        Assert.Equal(JsonSerializer.Deserialize<ulong[]>(output), signature);
    }

    private const ulong Mersenne = (1UL << 61) - 1;
}
