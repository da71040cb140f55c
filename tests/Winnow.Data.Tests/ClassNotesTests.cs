using System.Runtime.InteropServices;

namespace Winnow.Data.Tests;

// Labels without samples are told in one sentence, never passed over.
public sealed class ClassNotesTests
{
    private static SampleSet Set(int classes, params int[] labels) =>
        SampleSet.Create("set", ElementType.Float32, [1], MemoryMarshal.AsBytes<float>(new float[labels.Length]).ToArray(), labels, classes, classNames: null);

    private static LoadedData Data(int classes, int[] train, int[] test) =>
        new(Set(classes, train), Set(classes, test), "set", Note: null);

    public static TheoryData<int, int[], int[], string[]> Cases => new()
    {
        { 3, [0, 1, 2], [0, 1], [] },
        { 4, [1, 2, 3], [3], ["Labels run from 1 to 3: class 0 has no sample and gets an output of the network all the same; begin at 0 (y - 1)."] },
        { 4, [0, 1, 3], [3], ["Class 2 of 4 has no sample and gets an output of the network all the same; number the classes without gaps."] },
        { 6, [0, 1, 5], [5], ["Classes 2, 3, 4 of 6 have no sample and get outputs of the network all the same; number the classes without gaps."] },
        { 40, [0, 39], [0], ["Classes 1, 2, 3, 4, 5, 6, 7, 8 and 30 more of 40 have no sample and get outputs of the network all the same; number the classes without gaps."] },
        { 3, [0, 1], [0, 2, 2], ["Class 2 of 3 occurs only in the test part: never trained on, all of its 2 test samples count as wrong."] },
        { 4, [0, 1], [2, 3, 3], ["Classes 2, 3 of 4 occur only in the test part: never trained on, all of their 3 test samples count as wrong."] },
        {
            5, [1, 2], [2, 4],
            [
                "Classes 0, 3 of 5 have no sample and get outputs of the network all the same; number the classes without gaps.",
                "Class 4 of 5 occurs only in the test part: never trained on, all of its 1 test samples count as wrong.",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Classes_without_samples_are_told(int classes, int[] train, int[] test, string[] notes) =>
        Assert.Equal(notes, ClassNotes.Of(Data(classes, train, test)));

    [Fact]
    public void What_a_cut_loses_is_told()
    {
        var whole = Set(4, 0, 0, 1, 1, 2, 2);
        Assert.Null(ClassNotes.OfCut(whole, whole.Take(5)));
        Assert.Equal("The first 4 of 6 training samples have none of class 2: where a file is sorted by label, shuffle its rows before taking the first ones.",
            ClassNotes.OfCut(whole, whole.Take(4)));
        Assert.Equal("The first 1 of 6 training samples have none of classes 1, 2: where a file is sorted by label, shuffle its rows before taking the first ones.",
            ClassNotes.OfCut(whole, whole.Take(1)));
    }
}
