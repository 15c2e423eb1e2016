"""Words of ``vnsign trust`` in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping

FAMILIES = {
    "public": ("chữ ký số công cộng", "public"),
    "civil-service": ("chữ ký số chuyên dùng công vụ", "civil service"),
    "foreign": ("chữ ký điện tử nước ngoài được công nhận", "recognised foreign"),
    "own": ("chữ ký số chuyên dùng của tổ chức", "own (special-use)"),
}
PURPOSES = {
    "signature": ("ký số", "signatures"),
    "timestamp": ("dấu thời gian", "time-stamps"),
    "other": ("dịch vụ khác", "other services"),
}
STATUSES = {
    "added-anchor": ("đã thêm chứng thư số gốc tin cậy", "trust anchor added"),
    "added-intermediate": ("đã thêm chứng thư số trung gian", "intermediate added"),
    "added-list": ("đã thêm danh sách tin cậy", "trusted list added"),
    "present": ("đã có sẵn", "present already"),
    "withdrawn": ("đã ngừng tin cậy, vẫn lưu để kiểm tra chữ ký cũ", "no longer trusted; kept for old signatures"),
    "removed": ("đã gỡ bỏ", "removed"),
    "refused": ("TỪ CHỐI", "REFUSED"),
    "failed": ("không tải được", "could not be fetched"),
    "no-address": (
        "chưa biết địa chỉ chính thức: dùng `vnsign trust add TỆP`",
        "no official address known: use `vnsign trust add FILE`",
    ),
}
MATTERS = {
    "unreadable": ("tệp hỏng hoặc không đọc được", "damaged or unreadable file"),
    "altered": ("nội dung tệp không còn như khi được lưu", "the file is no longer what was stored"),
    "impostor": ("MẠO DANH: mang tên chứng thư số gốc nhưng nội dung khác", "IMPOSTOR: an anchor's name with other bytes"),
    "unpinned": ("chứng thư số tự ký, không thuộc danh sách tin cậy", "self-signed, neither pinned nor added"),
    "unverified": ("không nối được tới chứng thư số gốc tin cậy nào", "does not verify up to a trusted anchor"),
    "lost": ("đã ghi là tin cậy nhưng tệp chứng thư số không còn", "recorded as an anchor, but its file is gone"),
    "no-anchor": ("không có chứng thư số gốc tin cậy nào", "no trust anchor at all"),
    "missing-pin": ("chưa có chứng thư số gốc này", "this pinned anchor is not here"),
    "expired": ("đã hết hạn (giữ lại cho chữ ký cũ)", "expired (kept for old signatures)"),
    "not-yet-valid": ("chưa đến ngày có hiệu lực", "not yet valid"),
    "withdrawn": ("đã ngừng tin cậy từ", "no longer trusted since"),
}
STANDINGS = {
    "used": ("đang dùng", "in use"),
    "expired": (
        "ĐÃ HẾT HẠN: không dùng; hãy thêm bản mới nhất",
        "EXPIRED: not used; add the newest issue",
    ),
    "superseded": ("đã có bản mới hơn", "a newer issue is there"),
    "withdrawn": ("đã ngừng dùng", "no longer used"),
}
WORDS = {
    "list": ("Danh sách tin cậy", "Trusted list"),
    "standing": ("Tình trạng", "Standing"),
    "issued": ("Phát hành", "Issued"),
    "next-update": ("Cập nhật tiếp theo trước", "Next update by"),
    "closed": ("không còn (danh sách đã đóng)", "none (the list is closed)"),
    "signer": ("SHA-256 chứng thư số người ký danh sách", "SHA-256 of the signer's certificate"),
    "reason": ("Lý do", "Reason"),
    "folder": ("Thư mục", "Folder"),
    "data-of": ("Dữ liệu tin cậy ngày", "Trust data of"),
    "family": ("Hệ thống", "Family"),
    "purposes": ("Dùng cho", "For"),
    "valid": ("Hiệu lực", "Valid"),
    "trusted-until": ("Tin cậy đến", "Trusted until"),
    "source": ("Nguồn", "Source"),
    "intermediates": ("Chứng thư số trung gian", "Intermediates"),
    "anchors": ("Chứng thư số gốc tin cậy", "Trust anchors"),
    "certificates": ("chứng thư số", "certificates"),
    "read": ("Đã đọc và tính lại mã băm", "Read and hashed anew"),
    "sound": ("ĐẠT: không phát hiện sai lệch", "SOUND: nothing amiss"),
    "not-sound": ("KHÔNG ĐẠT: xem các dòng đánh dấu ✗", "NOT SOUND: see the lines marked ✗"),
    "unknown": ("không đọc được", "cannot be read"),
    "detail": ("chi tiết", "detail"),
    "hint": ("gợi ý", "hint"),
    "next": ("tiếp theo", "next"),
    "still-missing": (
        "Còn thiếu {count} chứng thư số gốc. Kiểm tra mạng rồi chạy lại; hoặc chép tệp từ máy khác: vnsign trust add TỆP",
        "{count} root certificates are missing. Check the network, or bring their files from elsewhere: vnsign trust add FILE",
    ),
    "then-online": ("vnsign verify --online TỆP", "vnsign verify --online FILE"),
    "then-verify": ("vnsign verify TỆP", "vnsign verify FILE"),
}


def word(table: Mapping[str, tuple[str, str]], key: str, language: str) -> str:
    """The word for a key in ``vi`` or ``en``."""
    return table[key][0 if language == "vi" else 1]
